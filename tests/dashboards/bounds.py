"""What the queries of each panel must give after the load of dashboards_test.py, by the panel's title.

(least, peak, greatest): every series is from the least to the greatest value, and one of them reaches the peak.
"""

INFINITE = float("inf")

BOUNDS = {
    "Instances": (2, 2, 2),
    "Workers in the group": (1, 1, 1),
    "Late images in 15 minutes": (30, 30, 60),       # 40 were made; Prometheus extrapolates
    "Dead letters in 15 minutes": (3, 3, 20),        # of 10
    "Dead letters by reason": (1, 4, 10),            # one instance began anew before the last four
    "Records by fate": (0, 1, 500),
    "Images by fate": (0, 1, 1_000),
    "Lag": (0, 0, 500),
    "End-to-end latency": (0, 0.001, 10),
    "Watermark delay": (4, 5, 120),                  # out_of_orderness is 5 s
    "Results": (0, 1, 2_000),
    "Commits": (0, 0.1, 50),
    "Commit duration": (0.0001, 0.001, 5),
    "Aborts": (0, 0, 50),
    "Producers made anew": (0, 0, 20),
    "Held back by open transactions (HW - LSO)": (0, 0, 500),
    "Rebalances and lost partitions": (0, 1, 100),
    "Duplicates": (0, 0, 100),
    "State": (100, 10_000, 10_000_000),
    "Entries": (1, 1_000, 100_000),
    "Tasks": (0, 8, 8),
    "Still to restore": (0, 0, 0),
    "Memory of the process": (5_000_000, 10_000_000, 1_000_000_000),
    "CPU": (0, 0.001, 4),
    "Age of the workers' reports": (0, 0, 30),
    "Read": (0, 1, 2_000),
    "Bytes read": (0, 100, 10_000_000),
    "Lag by partition": (0, 0, 500),
    "Observations": (0, 0, 500),
}
