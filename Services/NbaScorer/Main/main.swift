// The nba-scorer as a process of its own.

import Host
import NbaScorer

await Host.main(Shell(NbaScorer.self))
