return { mean = "mean" }
