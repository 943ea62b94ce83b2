double scale(double value, double factor) { return value * factor; }
