"""Answers for greatest common divisors."""

import fastmath
from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/")
def home() -> dict[str, str]:
    return {"ask": "/gcd/12/18"}


@app.get("/health")
def health() -> dict[str, bool]:
    return {"ok": True}


@app.get("/gcd/{a}/{b}")
def gcd(a: int, b: int) -> dict[str, int]:
    try:
        return {"gcd": fastmath.gcd(a, b)}
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
