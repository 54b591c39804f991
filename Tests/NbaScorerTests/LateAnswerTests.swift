import Contracts
import NbaScorerCore
import Testing

/// Answers that come when what was shown has been taken for a no.
struct LateAnswerTests {
  private let catalog = Given.catalog([Given.proposition("loan"), Given.proposition("card", value: 5_000)])

  private func response(_ list: String, _ proposition: String, _ outcome: Outcome) -> Response {
    Response(list: list, proposition: proposition, outcome: outcome, atMs: Given.nowMs + 5)
  }

  /// Silence, or the channel, has ended the contact, or he said no first: what came of it is a yes all the same.
  @Test(
    arguments: [(.presented, "ended"), (.clicked, "abandoned"), (.rejected, nil), (.rejected, "ended")]
      as [(Outcome, String?)])
  func `a yes after what was taken for a no takes its place, once`(_ before: Outcome, _ end: String?) throws {
    let scorer = try Given.scorer(catalog)
    let first = scorer.score(Given.profile(), nil, now: Given.nowMs, cause: nil)
    let list = first.lists[0].list.id
    func contact(_ outcome: Outcome) -> Contact {
      Given.contact {
        $0.responses = [response(list, "loan", outcome), response(list, "card", .rejected)]
        if let end { ($0.endedMs, $0.endReason) = (Given.nowMs + 9, end) }
      }
    }
    let no = scorer.score(Given.profile(contacts: [contact(before)]), first.state, now: Given.nowMs + 10, cause: nil)
    #expect(no.evidence.map(\.evidence.isAccepted) == [false, false])
    #expect(no.evidence.allSatisfy { $0.evidence.isRevision == nil })
    let restored = try ScorerState(json: no.state.json)
    let answered = Given.profile(contacts: [contact(.accepted)]) {
      $0.interests = [Interest(category: "loan", count: 9, lastMs: Given.nowMs + 11)]
    }
    let yes = scorer.score(answered, restored, now: Given.nowMs + 12, cause: nil)
    let evidence = try #require(yes.evidence.first?.evidence)
    #expect(yes.evidence.count == 1 && evidence.isAccepted && evidence.isRevision == true)
    #expect(evidence.id == no.evidence[0].evidence.id)
    // With what was known when it was listed, and how that was ranked.
    #expect(Set(evidence.features.map(\.name)) == Set(no.evidence[0].evidence.features.map(\.name)))
    #expect(evidence.controlGroup == ControlGroup.none)
    #expect(try NbaEvidence(json: evidence.json) == evidence)
    for state in [yes.state, try ScorerState(json: yes.state.json)] {
      #expect(scorer.score(answered, state, now: Given.nowMs + 13, cause: nil).evidence.isEmpty)
    }
    // In a state from before it was kept what was a no, nobody knows whether it was one.
    var old = no.state
    old.contacts[0].declined = []
    #expect(scorer.score(answered, old, now: Given.nowMs + 12, cause: nil).evidence.isEmpty)
  }

  @Test func `of contacts that are over the last ones' lists are kept for a late yes`() throws {
    let scorer = try Given.scorer(catalog)
    var state: ScorerState?
    var contacts: [Contact] = []
    for number in 0..<5 {
      contacts.append(Given.contact("c\(number)") { $0.startedMs += Int64(number) })
      let open = scorer.score(Given.profile(contacts: contacts), state, now: Given.nowMs + 10, cause: nil)
      let list = try #require(open.lists.last).list.id
      // The one that ended first began last.
      (contacts[number].endedMs, contacts[number].endReason) = (Given.nowMs + 20 - Int64(number), "ended")
      if number != 1 { contacts[number].responses = [response(list, "loan", .presented)] }
      state = scorer.score(Given.profile(contacts: contacts), open.state, now: Given.nowMs + 20, cause: nil).state
    }
    #expect(ScoredContact.overKeptMax == 2)
    #expect(try #require(state).contacts.map(\.kept.count) == [1, 0, 1, 0, 0])
  }
}
