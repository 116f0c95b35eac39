"""HTTP itself: the protocol, what requests and responses are like, whatever they are about."""
