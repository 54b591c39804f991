import Contracts

/// Reads what the business says beside the propositions: how often customers are approached and what that costs, what is
/// pushed, and what is taken out.
struct BusinessReader {
  private let top: Section
  private let channels: [String]

  init(_ top: Section, channels: [String]) {
    self.top = top
    self.channels = channels
  }

  func levers() -> [Lever]? {
    guard top.has("levers") else { return nil }
    let fields = ["name", "title", "issue", "group", "proposition", "percent", "validFrom", "validUntil"]
    return top.sections("levers", fields: fields, max: CatalogReader.listMax).map { section in
      let (title, titles) = section.optionalLocalText("title")
      var lever = Lever(
        name: section.text("name"), percent: section.number("percent", default: nil),
        issue: section.optionalText("issue"), group: section.optionalText("group"),
        proposition: section.optionalText("proposition"), title: title)
      lever.titles = titles
      lever.validFromMs = section.date("validFrom")
      lever.validUntilMs = section.date("validUntil")
      return lever
    }
  }

  func exclusions() -> [Exclusion]? {
    guard top.has("exclusions") else { return nil }
    let fields = ["reason", "issue", "group", "proposition"]
    return top.sections("exclusions", fields: fields, max: CatalogReader.listMax).map { section in
      Exclusion(
        reason: section.text("reason"), issue: section.optionalText("issue"), group: section.optionalText("group"),
        proposition: section.optionalText("proposition"))
    }
  }

  /// Without a word about them a small part of the customers is in each.
  func controlGroups() -> ControlGroups {
    var groups = ControlGroups()
    let fields = ["randomEligiblePercent", "propensityOnlyPercent", "valueOnlyPercent"]
    guard let section = top.section("controlGroups", fields: fields) else { return groups }
    groups.randomEligiblePercent = section.number(fields[0], default: groups.randomEligiblePercent)
    groups.propensityOnlyPercent = section.number(fields[1], default: groups.propensityOnlyPercent)
    groups.valueOnlyPercent = section.number(fields[2], default: groups.valueOnlyPercent)
    return groups
  }

  func contactCosts() -> [ContactCost]? {
    guard top.has("contactCosts") else { return nil }
    return top.sections("contactCosts", fields: ["channel", "costMinor"], max: 100).map { section in
      ContactCost(
        channel: section.channel("channel", among: channels), costMinor: section.integer("costMinor", default: 0))
    }
  }

  func contactPolicy() -> ContactPolicy {
    let fields = [
      "presentationsMax", "presentationsDays", "rejectionsMax", "ignoredMax", "restDays", "acceptedRestDays", "groups",
      "channels", "blocks", "preferredChannel",
    ]
    var policy = ContactPolicy()
    guard let section = top.section("contactPolicy", fields: fields) else { return policy }
    policy.presentationsMax = section.count("presentationsMax", policy.presentationsMax)
    policy.presentationsDays = section.count("presentationsDays", policy.presentationsDays)
    policy.rejectionsMax = section.count("rejectionsMax", policy.rejectionsMax)
    policy.ignoredMax = section.optionalCount("ignoredMax")
    policy.restDays = section.count("restDays", policy.restDays)
    policy.acceptedRestDays = section.count("acceptedRestDays", policy.acceptedRestDays)
    if section.has("groups") {
      let fields = ["group", "rejectionsMax", "ignoredMax", "restDays"]
      policy.groups = section.sections("groups", fields: fields, max: CatalogReader.listMax).map { one in
        GroupRest(
          group: one.optionalText("group"), rejectionsMax: one.optionalCount("rejectionsMax"),
          ignoredMax: one.optionalCount("ignoredMax"), restDays: one.count("restDays", policy.restDays))
      }
    }
    if section.has("channels") {
      let fields = ["channel", "contactsMax", "presentationsMax", "days"]
      policy.channels = section.sections("channels", fields: fields, max: 100).map { one in
        ChannelLimit(
          channel: one.channel("channel", among: channels), contactsMax: one.optionalCount("contactsMax"),
          presentationsMax: one.optionalCount("presentationsMax"), days: one.count("days", 7))
      }
    }
    if section.has("blocks") {
      policy.blocks = section.sections("blocks", fields: ["after", "channel", "days"], max: 100).map { one in
        ContactBlock(
          after: one.channel("after", among: channels), channel: one.channel("channel", among: channels),
          days: one.count("days", 7))
      }
    }
    policy.preferredChannel = section.optionalText("preferredChannel")
    return policy
  }
}

extension Section {
  fileprivate func count(_ name: String, _ value: Int) -> Int { Int(integer(name, default: Int64(value))) }

  fileprivate func optionalCount(_ name: String) -> Int? { says(name) ? count(name, 1) : nil }
}
