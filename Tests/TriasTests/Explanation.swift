/// Why users of Snowplow and of Trias differ where they do. What is neither equal nor written here is a fault.
struct Explanation {
  enum Arrival: CaseIterable {
    /// In the file's order, which is none.
    case file
    /// In order of time, as they happened.
    case time
  }

  var why: String
  var differences: [Difference]
  /// Nil: however the events arrive.
  var arrival: Arrival?

  static func all(_ arrival: Arrival) -> [Explanation] {
    all.filter { $0.arrival == nil || $0.arrival == arrival }
  }

  private static let firstPath = "/177234df-d425-412e-ad8d-8b97515b2807/getting-started"
  private static let lastPath = "/177234df-d425-412e-ad8d-8b97515b2807/data-models"

  private static let all = [
    Explanation(
      why: "a user of Snowplow is a cookie; two customer numbers are two customers, who have a shared cookie in turn",
      differences: [
        Difference("user stitch - session: 1st id: 1", "page_views", "7", "1"),
        Difference("user stitch - session: 1st id: 1", "sessions", "2", "1"),
        Difference(
          "user stitch - session: 1st id: 1", "end_tstamp", "2021-03-03 00:47:49.409", "2021-03-01 23:57:04.705"),
      ]
        + [
          ("1st id: 2", "0, 0, 2021-03-01 23:57:07.554, 2021-03-01 23:57:07.554"),
          ("2nd id: 3", "1, 1, 2021-03-02 23:57:04.705, 2021-03-02 23:57:04.705"),
          ("2nd id: 4", "0, 0, 2021-03-02 23:57:07.554, 2021-03-02 23:57:07.554"),
          ("2nd id: 5", "1, 0, 2021-03-03 00:17:16.089, 2021-03-03 00:17:16.089"),
          ("2nd id: 6", "1, 0, 2021-03-03 00:29:41.466, 2021-03-03 00:29:41.466"),
          ("2nd id: 7", "1, 0, 2021-03-03 00:38:38.168, 2021-03-03 00:38:38.168"),
          ("2nd id: 8", "1, 0, 2021-03-03 00:43:51.137, 2021-03-03 00:43:51.137"),
          ("2nd id: 9", "0, 0, 2021-03-03 00:43:54.911, 2021-03-03 00:43:54.911"),
          ("2nd id: 10", "1, 0, 2021-03-03 00:47:49.409, 2021-03-03 00:47:49.409"),
        ].map { Difference("user stitch - session: \($0)", "user_id", "", $1) }),
    Explanation(
      why: "Snowplow leaves out what has no cookie, session or page view's number; a customer number is enough",
      differences: [
        Difference("NULL domain_userid", "user_id", "", "1, 1, 2021-03-01 17:09:42.323, 2021-03-01 17:09:42.323"),
        Difference("NULL domain_sessionid", "user_id", "", "0, 0, 2021-03-01 11:46:46.218, 2021-03-01 11:46:46.218"),
        Difference("NULL page_view_id", "user_id", "", "1, 1, 2021-03-01 00:30:19.052, 2021-03-01 00:30:19.958"),
      ]),
    Explanation(
      why: "Snowplow's users are those who viewed a page; whoever only gave or withdrew consent is a customer too",
      differences: [
        Difference("consent_accel", "user_id", "", "0, 26, 2021-02-26 09:08:28.322, 2021-03-03 09:14:01.598")
      ]),
    Explanation(
      why: "Snowplow leaves out what is sent more than three days after it happened; here nothing is too late to count",
      differences: [
        Difference(
          "late arriving: device created/sent >3 days", "user_id", "",
          "1, 1, 2021-02-26 09:42:56.128, 2021-02-26 09:42:56.139")
      ]),
    Explanation(
      why: "Snowplow hears no more of a session that has lasted for three days; here a customer is heard for ever",
      differences: [
        Difference("long session", "page_views", "2", "4"),
        Difference("long session", "end_tstamp", "2021-03-03 21:39:50.989", "2021-03-11 21:42:15.543"),
        Difference("long session", "last_page_urlpath", "/", "/resources/data-quality-starts-with-data-collection/"),
        Difference("Unexpired session", "page_views", "1", "2"),
        Difference("Unexpired session", "end_tstamp", "2020-07-03 15:55:18.542", "2021-03-04 15:55:27.085"),
        Difference("Unexpired session", "last_page_urlpath", firstPath, lastPath),
      ]),
    Explanation(
      why: "Snowplow counts a session's pages, also those it knows by a ping alone; Trias the views that are reported",
      differences: [
        Difference("No edge cases", "page_views", "6", "4"),
        Difference("stray page ping", "page_views", "2", "1"),
      ]),
    Explanation(
      why: "two sessions begin in one millisecond: the first is Snowplow's by event id, and Trias's by arrival",
      differences: [
        Difference("Multiple first sessions per user", "first_page_urlpath", "\(firstPath)-dummy-row", firstPath),
        Difference(
          "Multiple first sessions per user", "network_userid",
          "e1d85d92e5f6f0d068d4629581d887ccf688715eb6988fc37da26840b0bb2bf8",
          "5463ee9616c9a7b52f589e319d9913387e0eea55407c2a1a45f0b361947a6ac1"),
      ]),
    Explanation(
      why: "a contact begins where the first event of it that arrives says; the file has a later one first",
      differences: [
        Difference(
          "dupe: page_view_id different derived_tstamp", "first_page_urlhost", "snowplowanalytics.com",
          "discourse.snowplowanalytics.com")
      ],
      arrival: .file),
  ]
}
