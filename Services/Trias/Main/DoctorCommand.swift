// `trias doctor`: what is wrong with a set-up, and how to mend it.

import ArgumentParser
import Foundation
import Host
import Operations

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Looks the deployment over: what is wrong, and how to mend it.")

  func run() throws {
    let connection = try Connection()
    let settings = connection.settings
    print("brokers \(settings.text(.bootstrapServers)), partitions \(settings.text(.partitions))")
    var isBad = false
    func tell(_ grade: Doctor.Grade, _ what: String, _ mend: String?) {
      print("\(grade.rawValue.padding(toLength: 5, withPad: " ", startingAt: 0)) \(what)")
      if let mend { print("      → \(mend)") }
      if grade == .bad { isBad = true }
    }
    if connection.secret == Setting.developmentSecret {
      tell(
        .warning, "the secret is the one for development, which everybody knows",
        "set TRIAS_SECRET or TRIAS_SECRET_FILE, the same for all executables, before the first customer")
    }
    let doctor = Doctor(log: connection.log, partitions: connection.partitions, groups: connection.groups) {
      Thread.sleep(forTimeInterval: 1)
    }
    doctor.examine { tell($0.grade, $0.what, $0.mend) }
    if isBad { throw ExitCode(Host.Exit.fatal.rawValue) }
  }
}
