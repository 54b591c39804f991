// The lead manager as a process of its own.

import Host
import LeadManager

await Host.main(Shell(LeadManager.self))
