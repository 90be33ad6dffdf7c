"""What a measurement is: samples, verdicts, hosts, captures, profiles, runs. No I/O, no plots."""
