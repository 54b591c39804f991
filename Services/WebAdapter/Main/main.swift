// The web adapter as a process of its own.

import Host
import WebAdapter

await Host.main(WebAdapter.shell)
