// What the executables of the suite can be told, all of them: one environment and one settings file may serve a whole
// deployment, so each executable must know which names are another's and which are nobody's. What a setting takes is
// declared, and checked, by the one that takes it; a test holds this list to the declarations.

package struct SuiteSetting: Sendable, Equatable {
  package var name: String
  package var isSecret: Bool

  package init(_ name: String, secret: Bool = false) {
    self.name = name
    isSecret = secret
  }

  package init(_ setting: Setting) { self.init(setting.name, secret: setting.isSecret) }

  package var variable: String { Setting.variable(name) }

  /// Those that not every executable has.
  package static let all: [SuiteSetting] = [
    SuiteSetting("advertised-url"),
    SuiteSetting("batch-events-max"),
    SuiteSetting("body-bytes-max"),
    SuiteSetting("body-depth-max"),
    SuiteSetting("catalog"),
    SuiteSetting("contact-idle-minutes"), SuiteSetting("group-size-min"),
    SuiteSetting("contacts-max"),
    SuiteSetting("demo-shop"),
    SuiteSetting("filter-rules"),
    SuiteSetting("learning"),
    SuiteSetting("list-budget-ms"),
    SuiteSetting("list-length"),
    SuiteSetting("rate-burst"),
    SuiteSetting("rate-per-second"),
    SuiteSetting("replay"),
    SuiteSetting("sampling"),
    SuiteSetting("shop-framed-by"),
    SuiteSetting("shop-url"),
    SuiteSetting("shop-visitor-cookie"),
    SuiteSetting("source-keys", secret: true),
    SuiteSetting("staff-token", secret: true),
    SuiteSetting("staff-tokens", secret: true),
    SuiteSetting("trusted-proxies"),
  ]
}
