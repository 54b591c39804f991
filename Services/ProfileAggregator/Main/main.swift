// The executable: the whole of the profile-aggregator is in its shell.

import Host
import ProfileAggregator

await Host.main(Shell(ProfileAggregator.self))
