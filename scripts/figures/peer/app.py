"""A poll the plain way: FastAPI, Redis and Kafka. A peer to measure against, no product."""
import os, json, uuid, datetime, jwt
from fastapi import FastAPI, Depends, HTTPException
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from aiokafka import AIOKafkaProducer
import redis.asyncio as redis
from contextlib import asynccontextmanager

SECRET = os.environ["SECRET"]
S = {}

@asynccontextmanager
async def life(app):
    S["r"] = redis.from_url(os.environ["REDIS"], decode_responses=True)
    S["k"] = AIOKafkaProducer(bootstrap_servers=os.environ["KAFKA"], acks="all", linger_ms=5)
    await S["k"].start()
    yield
    await S["k"].stop()

app = FastAPI(lifespan=life)
bearer = HTTPBearer()
OPTIONS = set(os.environ["OPTIONS"].split(","))

async def user(token=Depends(bearer)):
    try:
        return jwt.decode(token.credentials, SECRET, algorithms=["HS256"])["sub"]
    except jwt.ExpiredSignatureError:
        raise HTTPException(401, "Token expired")
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token")

@app.post("/polls/{poll_id}/vote")
async def vote(poll_id: str, body: dict, uid: str = Depends(user)):
    if body.get("option_id") not in OPTIONS:
        raise HTTPException(400, "invalid option")
    key = f"voted:{poll_id}:{uid}"
    if await S["r"].exists(key):
        raise HTTPException(409, "already voted")
    await S["r"].setex(key, 3600, "pending")
    fut = S["k"].send if os.environ.get("ACK") != "1" else S["k"].send_and_wait
    await fut("votes-seed", json.dumps({"user_id": uid, "poll_id": poll_id, "option_id": body["option_id"],
        "timestamp": datetime.datetime.utcnow().isoformat(), "request_id": str(uuid.uuid4())}).encode(), key=uid.encode())
    return JSONResponse({"status": "accepted", "message": "Vote is being processed"}, 202)

@app.get("/polls/{poll_id}/results")
async def results(poll_id: str):
    c = await S["r"].hgetall(f"results:{poll_id}")
    t = sum(int(v) for v in c.values())
    return {"poll_id": poll_id, "total_votes": t, "options": [{"option_id": o, "votes": int(v), "percentage": round(int(v) / t * 100, 1) if t else 0} for o, v in c.items()]}
