PRICES = {"tea": 2.5, "coffee": 3}
