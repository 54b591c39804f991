import Host
import ProfileAggregator

await Host.main(Shell(ProfileAggregator.self))
