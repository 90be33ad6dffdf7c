"""What pcap and pcapng have in common: packets found in a file, their headers, their flows."""
