"""Servers on loopback that tell what they see of their clients."""
