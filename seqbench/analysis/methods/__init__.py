"""The statistics: few seeds, honest intervals, nothing dropped. No tables of ours."""
