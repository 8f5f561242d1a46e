"""What deploy/demo is made of; README.md has the files in reading order."""
