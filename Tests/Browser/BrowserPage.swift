// One window: goes places, looks, clicks with a real mouse and types with a real keyboard.

import Foundation

private struct Evaluate: Encodable {
  var expression: String
  var awaitPromise = true
  var returnByValue = true
  var userGesture = true
}

private struct Evaluated<Value: Decodable>: Decodable {
  struct Remote: Decodable { var value: Value? }
  struct Exception: Decodable {
    struct Thrown: Decodable { var description: String? }
    var text: String
    var exception: Thrown?
  }
  var result: Remote
  var exceptionDetails: Exception?
}

package struct BrowserPage: Sendable {
  let browser: Chromium
  let session: String

  package func resize(width: Int, height: Int, isDark: Bool = false) async throws {
    struct Metrics: Encodable { var width: Int; var height: Int; var deviceScaleFactor = 1; var mobile: Bool }
    struct Media: Encodable {
      struct Feature: Encodable { var name: String; var value: String }
      var features: [Feature]
    }
    try await call("Emulation.setDeviceMetricsOverride", Metrics(width: width, height: height, mobile: width < 600))
    try await call(
      "Emulation.setEmulatedMedia",
      Media(features: [.init(name: "prefers-color-scheme", value: isDark ? "dark" : "light")]))
  }

  /// Uncaught errors and failed promises of the documents that were shown since the page was opened.
  package func errors() async throws -> [String] {
    try await evaluate("JSON.parse(sessionStorage.getItem('trias-errors') ?? '[]')")
  }

  /// Before any script of a document: what goes wrong in it is kept, also when it is left.
  func watchErrors() async throws {
    struct Script: Encodable { var source: String }
    let source = """
      for (const name of ['error', 'unhandledrejection']) addEventListener(name, (event) => {
        const errors = JSON.parse(sessionStorage.getItem('trias-errors') ?? '[]');
        errors.push(String(event.reason?.stack ?? event.message));
        sessionStorage.setItem('trias-errors', JSON.stringify(errors));
      });
      """
    try await call("Page.enable", Chromium.Empty())
    try await call("Page.addScriptToEvaluateOnNewDocument", Script(source: source))
  }

  /// Returns once the page and what it loads are there.
  package func go(_ url: String) async throws {
    struct Go: Encodable { var url: String }
    struct Gone: Decodable { var errorText: String? }
    let gone = try await browser.call("Page.navigate", Go(url: url), session: session, as: Gone.self)
    if let error = gone.errorText { throw BrowserError("\(url): \(error)") }
    try await until("the page \(url)", "document.readyState === 'complete' && location.href !== 'about:blank'")
  }

  /// The value of a JavaScript expression; a promise is waited for.
  package func evaluate<Value: Decodable>(_ expression: String, as: Value.Type = Value.self) async throws -> Value {
    let answer = try await browser.call(
      "Runtime.evaluate", Evaluate(expression: expression), session: session, as: Evaluated<Value>.self)
    if let exception = answer.exceptionDetails {
      throw BrowserError("\(expression): \(exception.exception?.description ?? exception.text)")
    }
    guard let value = answer.result.value else { throw BrowserError("\(expression): has no value") }
    return value
  }

  /// Waits for a condition in the page. A page that is just being loaded has none.
  package func until(_ what: String, _ condition: String, seconds: Double = 90) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while (try? await evaluate("Boolean(\(condition))", as: Bool.self)) != true {
      if ContinuousClock.now > deadline {
        let text = try? await evaluate("document.body.innerText.slice(0, 2000)", as: String.self)
        throw BrowserError("waited in vain for \(what); the page shows:\n\(text ?? "nothing")")
      }
      try await Task.sleep(for: .milliseconds(30))
    }
  }

  /// Clicks on the middle of the first element that matches, once there is one; `frame` is the selector of an iframe
  /// that it is in.
  package func click(_ selector: String, in frame: String? = nil) async throws {
    let root = frame.map { "document.querySelector('\($0)').contentDocument" } ?? "document"
    let element = "\(root)?.querySelector('\(selector)')"
    try await until(
      "\(selector) to click on", "\(element)?.getClientRects().length && !\(element).matches(':disabled')")
    struct Point: Decodable { var x: Double; var y: Double }
    let point = try await evaluate(
      """
      (async () => {
        const element = \(element);
        element.scrollIntoView({ block: 'center', behavior: 'instant' });
        // What still glides to its place would be missed.
        await Promise.race([
          Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {}))),
          new Promise((done) => setTimeout(done, 600)),
        ]);
        const rect = element.getBoundingClientRect();
        const frame = \(frame.map { "document.querySelector('\($0)')" } ?? "null");
        const outer = frame?.getBoundingClientRect() ?? { left: 0, top: 0, width: 1 };
        // A frame may be shown smaller than it believes to be.
        const scale = frame ? outer.width / frame.offsetWidth : 1;
        return {
          x: outer.left + scale * (rect.left + rect.width / 2),
          y: outer.top + scale * (rect.top + rect.height / 2),
        };
      })()
      """, as: Point.self)
    struct Mouse: Encodable {
      var type: String
      var x: Double
      var y: Double
      var button = "left"
      var clickCount = 1
    }
    for type in ["mouseMoved", "mousePressed", "mouseReleased"] {
      try await call("Input.dispatchMouseEvent", Mouse(type: type, x: point.x, y: point.y))
    }
  }

  /// Clicks on a field and types into it, instead of what it held.
  package func type(_ text: String, into selector: String, in frame: String? = nil) async throws {
    struct Insert: Encodable { var text: String }
    try await click(selector, in: frame)
    let root = frame.map { "document.querySelector('\($0)').contentDocument" } ?? "document"
    let _: Bool = try await evaluate("(\(root).querySelector('\(selector)').select?.(), true)")
    try await call("Input.insertText", Insert(text: text))
  }

  /// Presses a key on whatever has the focus: `Enter`, `Escape` or `Tab`.
  package func press(_ key: String) async throws {
    struct Press: Encodable {
      var type: String
      var key: String
      var code: String
      var windowsVirtualKeyCode: Int
      var text: String?
    }
    let codes = ["Enter": 13, "Escape": 27, "Tab": 9]
    guard let code = codes[key] else { throw BrowserError("no such key: \(key)") }
    let text = key == "Enter" ? "\r" : nil
    for (type, text) in [("keyDown", text), ("keyUp", nil)] {
      try await call(
        "Input.dispatchKeyEvent", Press(type: type, key: key, code: key, windowsVirtualKeyCode: code, text: text))
    }
  }

  /// Presses it until the condition holds: as often as a page has places to stand on.
  package func press(_ key: String, until condition: String, timesMax: Int = 100) async throws {
    for _ in 0..<timesMax {
      if try await evaluate("Boolean(\(condition))", as: Bool.self) { return }
      try await press(key)
    }
    throw BrowserError("\(key), pressed \(timesMax) times, did not come to \(condition)")
  }

  /// A picture of the window as it is, PNG.
  package func screenshot() async throws -> Data {
    struct Format: Encodable { var format = "png" }
    struct Picture: Decodable { var data: String }
    let picture = try await browser.call("Page.captureScreenshot", Format(), session: session, as: Picture.self)
    guard let data = Data(base64Encoded: picture.data) else { throw BrowserError("the picture can't be read") }
    return data
  }

  private func call(_ method: String, _ parameters: some Encodable) async throws {
    _ = try await browser.call(method, parameters, session: session, as: Chromium.Empty.self)
  }
}
