import Seeds

/// How often what goes wrong, in a thousand. Each run draws its own mix, most kinds of faults being off in most runs: many
/// faults at once hide each other.
struct Faults {
  /// At each call of the log: the process dies, it is stopped for a while, the broker is away.
  var crash = 0
  var pause = 0
  var unavailable = 0
  /// At each call of a consumer: the client is beyond repair, and everything fails until there is another.
  var broken = 0
  /// Of the appends: some records of each partition are written, the others not, and the append fails.
  var appendFails = 0
  /// Of those: the producer is beyond repair, or had no room for all of it.
  var producerBroken = 0
  var queueFull = 0
  /// Of those: the others are written later, after all.
  var late = 0
  /// A commit gets lost, or says that it was.
  var commitLost = 0

  /// At each step of the scheduler.
  var idleCrash = 0
  var stop = 0
  var expel = 0
  var jump = 0
  var compaction = 0
  /// Time passes with nothing else going wrong, so that old records may be compacted.
  var hour = 0

  static let none = Faults()

  static func drawn(from random: inout Seeded) -> Faults {
    var faults = Faults()
    func some(_ rare: Int, _ often: Int) -> Int {
      switch random.below(10) {
      case 0..<5: 0
      case 5..<8: rare
      default: often
      }
    }
    faults.crash = some(10, 60)
    faults.pause = some(20, 100)
    faults.unavailable = some(5, 50)
    faults.broken = some(3, 20)
    faults.appendFails = some(40, 200)
    faults.producerBroken = some(200, 500)
    faults.queueFull = some(200, 500)
    faults.late = some(300, 900)
    faults.commitLost = some(100, 600)
    faults.idleCrash = some(5, 40)
    faults.stop = some(5, 40)
    faults.expel = some(5, 40)
    faults.jump = some(10, 50)
    faults.compaction = some(50, 200)
    faults.hour = some(3, 20)
    return faults
  }
}
