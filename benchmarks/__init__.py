"""Speed against others, each run as `python -m benchmarks.NAME` in the repository; figures in docs/performance.md."""
