package dev.capstan.ingest.fetch.hosts;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * A queue for each host, so that a slow host keeps only its own entries waiting. An entry may start when its host has had
 * its pause, has fewer requests under way than allowed, and is not being asked for the same address: one
 * address's entries start in the order in which they came. Nothing waits longer than allowed; what would, or does, is given
 * back to the caller to be put off.
 *
 * <p>A host is remembered until its pause is over. Times are {@link System#nanoTime}'s. Not thread-safe: one thread owns it.
 *
 * @param <T> what waits
 */
public final class HostQueues<T> {
    /** What may start now. */
    public record Start<T>(String host, String address, T value) {}

    private static final class Entry<T> {
        final Host<T> host;
        final String address;
        final T value;
        final long expiresAt;
        boolean gone;

        Entry(Host<T> host, String address, T value, long expiresAt) {
            this.host = host;
            this.address = address;
            this.value = value;
            this.expiresAt = expiresAt;
        }
    }

    private static final class Host<T> {
        final String name;
        final ArrayDeque<Entry<T>> waiting = new ArrayDeque<>();
        final Set<String> underWay = new HashSet<>();
        long freeAt;
        boolean scheduled;

        Host(String name, long freeAt) {
            this.name = name;
            this.freeAt = freeAt;
        }
    }

    private record Turn<T>(long at, Host<T> host) {}

    private final HostLimits limits;
    private final Map<String, Host<T>> hosts = new HashMap<>();
    private final PriorityQueue<Turn<T>> turns = new PriorityQueue<>((a, b) -> Long.signum(a.at() - b.at()));
    private final ArrayDeque<Entry<T>> byAge = new ArrayDeque<>();
    private int waiting;

    public HostQueues(HostLimits limits) {
        this.limits = limits;
    }

    /**
     * Takes an entry, unless its host's queue is full or its turn would come too late.
     *
     * @return nanoseconds after which to come back, or empty if it was taken
     */
    public OptionalLong offer(String hostName, String address, T value, long now) {
        Host<T> host = hosts.computeIfAbsent(hostName, name -> new Host<>(name, now));
        long wait = Math.max(0, host.freeAt - now)
                + host.waiting.size() * limits.interval().toNanos();
        if (host.waiting.size() >= limits.queueLength()
                || wait > limits.maxWait().toNanos()) {
            schedule(host);
            return OptionalLong.of(Math.max(wait, limits.maxWait().toNanos()));
        }
        Entry<T> entry =
                new Entry<>(host, address, value, now + limits.maxWait().toNanos());
        host.waiting.add(entry);
        byAge.add(entry);
        waiting++;
        schedule(host);
        return OptionalLong.empty();
    }

    /** The next entry that may start now; it is under way from here on. */
    public Optional<Start<T>> poll(long now) {
        while (true) {
            Turn<T> turn = turns.peek();
            if (turn == null || turn.at() - now > 0) {
                return Optional.empty();
            }
            turns.remove();
            Host<T> host = turn.host();
            host.scheduled = false;
            if (host.freeAt - now > 0) {
                schedule(host);
                continue;
            }
            if (host.waiting.isEmpty()) {
                if (host.underWay.isEmpty()) {
                    hosts.remove(host.name);
                }
                continue;
            }
            if (!mayStart(host)) {
                continue;
            }
            Entry<T> entry = host.waiting.remove();
            entry.gone = true;
            waiting--;
            host.underWay.add(entry.address);
            host.freeAt = now + limits.interval().toNanos();
            schedule(host);
            return Optional.of(new Start<>(host.name, entry.address, entry.value));
        }
    }

    /** A request that was started has ended. */
    public void ended(Start<T> start) {
        Host<T> host = hosts.get(start.host());
        if (host == null || !host.underWay.remove(start.address())) {
            throw new IllegalStateException(start.host() + " is not being asked for " + start.address());
        }
        schedule(host);
    }

    /** The host asks for a rest: nothing starts before, and what waits and cannot in time is given back. */
    public List<T> rest(String hostName, long until, long now) {
        Host<T> host = hosts.get(hostName);
        if (host == null || until - host.freeAt <= 0) {
            return List.of();
        }
        host.freeAt = until;
        List<T> putOff = new ArrayList<>();
        if (until - now > limits.maxWait().toNanos()) {
            for (Entry<T> entry : host.waiting) {
                entry.gone = true;
                waiting--;
                putOff.add(entry.value);
            }
            host.waiting.clear();
        }
        return putOff;
    }

    /** Takes out what has waited for too long. */
    public List<T> expired(long now) {
        List<T> expired = new ArrayList<>();
        for (Entry<T> oldest = byAge.peek();
                oldest != null && (oldest.gone || oldest.expiresAt - now <= 0);
                oldest = byAge.peek()) {
            byAge.remove();
            if (!oldest.gone) {
                oldest.gone = true;
                oldest.host.waiting.remove(oldest);
                waiting--;
                expired.add(oldest.value);
            }
        }
        return expired;
    }

    /** When {@link #poll} or {@link #expired} may have something again, or empty if nothing waits. */
    public OptionalLong nextAt() {
        Turn<T> turn = turns.peek();
        Entry<T> oldest = byAge.peek();
        if (turn == null) {
            return oldest == null ? OptionalLong.empty() : OptionalLong.of(oldest.expiresAt);
        }
        if (oldest == null) {
            return OptionalLong.of(turn.at());
        }
        return OptionalLong.of(turn.at() - oldest.expiresAt < 0 ? turn.at() : oldest.expiresAt);
    }

    /** Entries that wait. */
    public int waiting() {
        return waiting;
    }

    /** Hosts that are remembered. */
    public int hosts() {
        return hosts.size();
    }

    private boolean mayStart(Host<T> host) {
        Entry<T> head = host.waiting.peek();
        return head != null && host.underWay.size() < limits.concurrency() && !host.underWay.contains(head.address);
    }

    private void schedule(Host<T> host) {
        boolean idle = host.waiting.isEmpty() && host.underWay.isEmpty();
        if (!host.scheduled && (idle || mayStart(host))) {
            host.scheduled = true;
            turns.add(new Turn<>(host.freeAt, host));
        }
    }
}
