"""The machine around the work: devices and their leases, logs, terminals, versions, digests of code, failures."""
