import Host
import LeadManager

await Host.main(Shell(LeadManager.self))
