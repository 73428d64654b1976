"""Pictures and pages of runs: `figures`, `page.write_report`, `comparison.write_comparison`."""
