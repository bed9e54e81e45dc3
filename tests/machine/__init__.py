"""Tests of virtual machines, and of rehearsals in them; most of them need QEMU and a kernel."""
