"""The processor beside it: one message, one insert, two counter updates, one commit."""
import asyncio, json, os, asyncpg
from aiokafka import AIOKafkaConsumer
import redis.asyncio as redis

async def main():
    db = await asyncpg.connect(os.environ["PG"])
    r = redis.from_url(os.environ["REDIS"])
    c = AIOKafkaConsumer("votes-seed", bootstrap_servers=os.environ["KAFKA"], group_id="vote-processors", auto_offset_reset="earliest", enable_auto_commit=False)
    await c.start()
    seen = {}
    n = 0
    async for m in c:
        v = json.loads(m.value)
        if v["request_id"] not in seen:
            try:
                await db.execute("insert into s_votes(user_id,poll_id,option_id,voted_at) values ($1,$2,$3,now())", v["user_id"], v["poll_id"], v["option_id"])
                seen[v["request_id"]] = True
                await r.setex(f"voted:{v['poll_id']}:{v['user_id']}", 86400 * 7, "confirmed")
                await db.execute("update s_options set vote_count=vote_count+1 where option_id=$1", v["option_id"])
                await db.execute("update s_polls set total_votes=total_votes+1 where poll_id=$1", v["poll_id"])
                await r.delete(f"results:{v['poll_id']}")
            except asyncpg.UniqueViolationError:
                pass
        await c.commit()
        n += 1
asyncio.run(main())
