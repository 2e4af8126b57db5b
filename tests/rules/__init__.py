"""One small repository for each rule about evidence: the trap that fools a naive check, and its honest twin."""
