// What operations ask of a process: is it started, does it live, may it get work, and how is it doing.

import Hummingbird

func addOpsRoutes(to router: HTTPRouter, health: Health, metrics: MetricsRegistry) {
  router.get("/startupz") { _, _ in answer(health.started()) }
  router.get("/livez") { _, _ in answer(health.live()) }
  router.get("/readyz") { _, _ in answer(health.ready()) }
  router.get("/metrics") { _, _ in
    let text = metrics.exposition()
    return Response(
      status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

private func answer(_ report: Health.Report) -> Response {
  Response(
    status: report.ok ? .ok : .serviceUnavailable,
    headers: [.contentType: "application/json", .cacheControl: "no-store"],
    body: ResponseBody(byteBuffer: ByteBuffer(string: report.json)))
}
