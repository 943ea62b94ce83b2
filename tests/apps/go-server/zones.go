package main

import "time"

// noon is midday UTC of a fixed day as a clock in another zone shows it.
func noon(zone string) (string, error) {
	place, err := time.LoadLocation(zone)
	if err != nil {
		return "", err
	}
	return time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC).In(place).Format("15:04 MST"), nil
}
