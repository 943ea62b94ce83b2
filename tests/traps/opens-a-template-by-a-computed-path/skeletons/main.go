package NAME
