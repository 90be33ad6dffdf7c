"""Performance analysis of the Slonana validator on the machine you stand on."""
