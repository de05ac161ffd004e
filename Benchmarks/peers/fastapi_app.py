"""A usual small aggregator with FastAPI and asyncpg. POST /publish stores the events of a request one by one, POST
/publish-batch with one statement. It answers when they are stored.

The environment variables SOCKET and DATABASE name the database. uvicorn runs it with two workers.
"""

import contextlib
import datetime
import json
import os

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel

INSERT = """INSERT INTO events (ts, batch_id, event_id, topic, source, payload) VALUES ($1, 0, $2, $3, $4, $5)
  ON CONFLICT (event_id, topic) DO NOTHING"""
INSERT_ALL = """INSERT INTO events (ts, batch_id, event_id, topic, source, payload)
  SELECT ts, 0, event_id, topic, source, payload
  FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::json[])
    AS event (ts, event_id, topic, source, payload)
  ORDER BY event_id, topic ON CONFLICT (event_id, topic) DO NOTHING"""


class Event(BaseModel):
    topic: str
    event_id: str
    timestamp: datetime.datetime
    source: str
    payload: dict | None = None


class Batch(BaseModel):
    events: list[Event]


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(
            host=os.environ["SOCKET"], user="sluice", database=os.environ["DATABASE"], min_size=8, max_size=8,
            server_settings={"search_path": "sluice"}) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


def row(event: Event) -> tuple:
    payload = None if event.payload is None else json.dumps(event.payload)
    return event.timestamp, event.event_id, event.topic, event.source, payload


@app.post("/publish")
async def publish(batch: Batch, request: Request):
    async with request.app.state.pool.acquire() as connection:
        for event in batch.events:
            await connection.execute(INSERT, *row(event))
    return {"stored": len(batch.events)}


@app.post("/publish-batch")
async def publish_batch(batch: Batch, request: Request):
    async with request.app.state.pool.acquire() as connection:
        await connection.execute(INSERT_ALL, *zip(*map(row, batch.events)))
    return {"stored": len(batch.events)}


@app.get("/health")
async def health():
    return {}
