import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Asks over HTTP and waits for the answer, as a script of an integrator would.
package struct WebClient {
  package struct Answer: Sendable {
    /// 0: none came.
    package var status = 0
    package var headers: [String: String] = [:]
    package var body = Data()
  }

  private let session: URLSession

  package init(timeoutSeconds: Double = 30) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeoutSeconds
    configuration.httpMaximumConnectionsPerHost = 32
    session = URLSession(configuration: configuration)
  }

  package func get(_ url: URL, headers: [String: String] = [:]) -> Answer {
    var request = URLRequest(url: url)
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    return send(request)
  }

  package func post(_ url: URL, _ document: [String: Any], headers: [String: String] = [:]) -> Answer {
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.httpBody = try! JSONSerialization.data(withJSONObject: document)
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    return send(request)
  }

  private final class Box: @unchecked Sendable { var answer = Answer() }

  private func send(_ request: URLRequest) -> Answer {
    let box = Box()
    let done = DispatchSemaphore(value: 0)
    session.dataTask(with: request) { data, response, _ in
      if let response = response as? HTTPURLResponse {
        box.answer.status = response.statusCode
        for (name, value) in response.allHeaderFields { box.answer.headers["\(name)".lowercased()] = "\(value)" }
      }
      box.answer.body = data ?? Data()
      done.signal()
    }.resume()
    done.wait()
    return box.answer
  }
}
