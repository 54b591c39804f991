// The workbench as a process of its own. It holds no scorer, so it shows a decision's recorded inputs; `trias run`, which
// does, derives the whole portfolio again.

import Host
import Workbench

@main struct Main {
  static func main() async { await Host.main(Workbench.shell()) }
}
