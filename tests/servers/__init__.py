"""Real servers on free ports of the loopback interface, for the tests of the plugins."""
