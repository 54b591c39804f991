import Host
import NbaScorer

await Host.main(Shell(NbaScorer.self))
