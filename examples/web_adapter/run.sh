#!/bin/sh
exec python -m uvicorn app:application --port "$AWS_LWA_PORT"
