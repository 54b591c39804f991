// The executable: the profile-aggregator's processors, and what it answers from their tables.

import Host
import ProfileAggregator
import ProfileReads

await Host.main(ProfileAggregator.shell)
