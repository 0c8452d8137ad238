package dev.capstan.console.live;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a count grows, over a window of time. Not thread-safe. */
final class Growth {
    private final Duration window;
    private final Deque<Point> points = new ArrayDeque<>();

    private record Point(Instant at, long count) {}

    Growth(Duration window) {
        this.window = window;
    }

    /**
     * Notes a count. One that is smaller than the last, as after topics were made anew, begins anew.
     *
     * @return growth a second since the oldest count in the window, 0 for the first
     */
    double observe(Instant at, long count) {
        if (!points.isEmpty() && points.getLast().count() > count) {
            points.clear();
        }
        points.addLast(new Point(at, count));
        while (points.size() > 2 && Duration.between(points.getFirst().at(), at).compareTo(window) > 0) {
            points.removeFirst();
        }
        Point first = points.getFirst();
        double seconds = Duration.between(first.at(), at).toMillis() / 1000.0;
        return seconds <= 0 ? 0 : (count - first.count()) / seconds;
    }
}
