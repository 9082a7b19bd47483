"""What a tracking number looks like, where an address lies, what delivery costs."""
