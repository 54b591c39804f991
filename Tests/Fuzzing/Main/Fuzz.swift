import FuzzTargets

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What libFuzzer calls with bytes of its choice. `FUZZ_TARGET` says what reads them.
@_cdecl("LLVMFuzzerTestOneInput")
func tryBytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  if let complaint = target.complaint(about: Array(UnsafeBufferPointer(start: start, count: count))) {
    fatalError(complaint)
  }
  return 0
}

private let target: FuzzTarget = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    fatalError("FUZZ_TARGET takes \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")); is \(name)")
  }
  return target
}()
