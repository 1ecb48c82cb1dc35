"""The files of a Redis Cluster node: redis.conf, and users.acl without a password."""

from perfweek.caching.configuration.sizes import GIB, JITTER, Sizes

PORT = 6379
NODE_TIMEOUT_MS = 5000
_LEAST_BACKLOG, _MOST_BACKLOG = 16 << 20, 1 << 30
BACKLOG_S = 60


def redis_conf(sizes: Sizes, written_bytes_a_second: float = 0.0, tls: bool = True) -> str:
    """redis.conf of each node, masters and replicas alike; `written_bytes_a_second` of all masters sizes the backlog."""
    each = written_bytes_a_second / sizes.masters
    backlog = int(min(max(each * BACKLOG_S, _LEAST_BACKLOG), _MOST_BACKLOG))
    return f"""# Redis Cluster node of {sizes.service}: {sizes.masters} masters, replicas of each: {sizes.replicas}. The same file on every node.
# Create: redis-cli --cluster create HOST:{PORT} ... --cluster-replicas {sizes.replicas} (with --tls and the files below where TLS is on)
{_network(tls)}
cluster-enabled yes
cluster-config-file nodes.conf
# a master that does not answer for so long is replaced; shorter than the default of 15 s, since misses meanwhile go to the origin
cluster-node-timeout {NODE_TIMEOUT_MS}
# a cache answers for the slots that are left
cluster-require-full-coverage no
cluster-allow-replica-migration yes

# entries as the allocator counts them: {sizes.maxmemory / GIB:.2f} GiB. A node needs {sizes.node_needs_gib:.2f} GiB: the rest is for fragmentation,
# buffers, and the copy that a synchronising replica costs. Bytes of an entry: perfweek's Thursday report.
maxmemory {sizes.maxmemory}
maxmemory-policy allkeys-lru
# 10 comes closer to LRU than the default of 5, for a little CPU
maxmemory-samples 10
lazyfree-lazy-eviction yes
lazyfree-lazy-expire yes
lazyfree-lazy-server-del yes
# entries live {sizes.shared_ttl_s:g} s; writers spread that by {100 * JITTER:.0f} % either way: SET key value PX {_spread(sizes.shared_ttl_s)}

# nothing is kept on disk: after a restart the runbook cache-warm-up fills it. To keep entries instead: appendonly yes, appendfsync everysec
save ""
appendonly no
repl-diskless-sync yes
repl-diskless-sync-delay 0
# {BACKLOG_S} s of writes, so that a replica that was away for a moment needs no copy of everything
repl-backlog-size {backlog}
client-output-buffer-limit normal 64mb 16mb 60
client-output-buffer-limit replica {_buffer(backlog)} {_buffer(backlog) // 4} 60
client-output-buffer-limit pubsub 32mb 8mb 60

# no user has a password yet: put #HASH in place of resetpass; the hash: printf %s "$PASSWORD" | sha256sum | cut -d" " -f1
aclfile users.acl
masteruser replica
# its password: redis-cli CONFIG SET masterauth "$REPLICA_PASSWORD", or a second file that only Redis may read

tcp-keepalive 60
timeout 0
maxclients 10000
latency-monitor-threshold 10
slowlog-log-slower-than 5000
"""


def users_acl(sizes: Sizes) -> str:
    """Users without passwords: nobody can log in before the hash of one stands in place of `resetpass` (redis.conf says how)."""
    service = "-@all +get +mget +set +del +unlink +pexpire +pttl +exists +ping +hello +auth +readonly +cluster|slots +cluster|shards +cluster|nodes"
    exporter = (
        "-@all +info +ping +auth +hello +config|get +slowlog|get +slowlog|len +latency|latest +latency|histogram +cluster|info +client|list +dbsize"
    )
    return (
        "user default off resetpass resetkeys resetchannels -@all\n"
        f"user service on resetpass resetkeys resetchannels ~{sizes.service}:* {service}\n"
        f"user exporter on resetpass resetkeys resetchannels {exporter}\n"
        "user replica on resetpass resetkeys resetchannels -@all +psync +replconf +ping\n"
        "user operator on resetpass ~* &* +@all\n"
    )


def _network(tls: bool) -> str:
    if not tls:
        return f"port {PORT}\nprotected-mode yes"
    return (
        f"port 0\ntls-port {PORT}\ntls-cert-file /etc/redis/tls/redis.crt\ntls-key-file /etc/redis/tls/redis.key\n"
        'tls-ca-cert-file /etc/redis/tls/ca.crt\ntls-protocols "TLSv1.2 TLSv1.3"\ntls-auth-clients optional\ntls-replication yes\ntls-cluster yes'
    )


def _spread(ttl_s: float) -> str:
    return f"{1000 * ttl_s * (1 - JITTER):.0f} to {1000 * ttl_s * (1 + JITTER):.0f}"


def _buffer(backlog: int) -> int:
    """A replica's buffer must hold more than the backlog, or a full synchronisation under load never ends."""
    return max(256 << 20, 2 * backlog)
