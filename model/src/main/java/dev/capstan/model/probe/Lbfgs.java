package dev.capstan.model.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Limited-memory BFGS with a backtracking-and-bracketing search for a step that satisfies the strong Wolfe conditions
 * (Nocedal and Wright, Numerical Optimization, algorithms 7.5, 3.5 and 3.6). For smooth functions; deterministic.
 */
final class Lbfgs {
    private static final int MEMORY = 10;
    private static final double SUFFICIENT = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final int MOST_TRIALS = 40;

    /** Writes the gradient at a point and returns the value. */
    interface Objective {
        double at(double[] point, double[] gradient);
    }

    /** @param point where the search ended, which may be where it could get no further */
    @SuppressWarnings("ArrayRecordComponent") // never leaves this package
    record Result(double[] point, double value, int iterations) {}

    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Move(double[] step, double[] change, double product) {}

    private final Objective objective;
    private double[] point;
    private double[] gradient;
    private double value;

    private Lbfgs(Objective objective, double[] start) {
        this.objective = objective;
        this.point = start.clone();
        this.gradient = new double[start.length];
        this.value = objective.at(point, gradient);
    }

    /**
     * @param tolerance of the largest element of the gradient
     * @param iterations most steps
     */
    static Result minimise(Objective objective, double[] start, double tolerance, int iterations) {
        return new Lbfgs(objective, start).run(tolerance, iterations);
    }

    private Result run(double tolerance, int iterations) {
        Deque<Move> moves = new ArrayDeque<>();
        int done = 0;
        while (done < iterations && largest(gradient) > tolerance) {
            double[] direction = direction(moves);
            double slope = dot(direction, gradient);
            if (slope >= 0) {
                moves.clear();
                direction = scaled(gradient, -1);
                slope = -dot(gradient, gradient);
            }
            double first = moves.isEmpty() ? Math.min(1, 1 / sumOfMagnitudes(gradient)) : 1;
            double[] before = point;
            double[] gradientBefore = gradient;
            if (!advance(direction, slope, first)) {
                break;
            }
            done++;
            double[] step = difference(point, before);
            double[] change = difference(gradient, gradientBefore);
            double product = dot(step, change);
            if (product > 0) {
                moves.addLast(new Move(step, change, product));
                if (moves.size() > MEMORY) {
                    moves.removeFirst();
                }
            }
        }
        return new Result(point, value, done);
    }

    /** The two-loop recursion. */
    private double[] direction(Deque<Move> moves) {
        double[] direction = scaled(gradient, -1);
        double[] weights = new double[moves.size()];
        int i = moves.size();
        for (Iterator<Move> latest = moves.descendingIterator(); latest.hasNext(); ) {
            Move move = latest.next();
            weights[--i] = dot(move.step(), direction) / move.product();
            add(direction, move.change(), -weights[i]);
        }
        if (!moves.isEmpty()) {
            Move last = moves.getLast();
            double curvature = last.product() / dot(last.change(), last.change());
            for (int j = 0; j < direction.length; j++) {
                direction[j] *= curvature;
            }
        }
        for (Move move : moves) {
            double weight = dot(move.change(), direction) / move.product();
            add(direction, move.step(), weights[i++] - weight);
        }
        return direction;
    }

    /**
     * Goes along a direction to a point that satisfies the strong Wolfe conditions, or at least decreases the value.
     *
     * @return false, with nothing changed, if no step does
     */
    private boolean advance(double[] direction, double slope, double first) {
        double low = 0;
        double high = Double.POSITIVE_INFINITY;
        double length = first;
        double startValue = value;
        double[] start = point;
        boolean moved = false;
        for (int trial = 0; trial < MOST_TRIALS; trial++) {
            double[] next = start.clone();
            add(next, direction, length);
            double[] nextGradient = new double[next.length];
            double nextValue = objective.at(next, nextGradient);
            double nextSlope = dot(direction, nextGradient);
            boolean enough = nextValue <= startValue + SUFFICIENT * length * slope;
            if (enough && nextValue < value) {
                point = next;
                gradient = nextGradient;
                value = nextValue;
                moved = true;
            }
            if (enough && Math.abs(nextSlope) <= -CURVATURE * slope) {
                return moved;
            }
            if (!enough || nextSlope > 0) {
                high = length;
            } else {
                low = length;
            }
            length = Double.isInfinite(high) ? 2 * length : (low + high) / 2;
        }
        return moved;
    }

    private static double largest(double[] vector) {
        double largest = 0;
        for (double element : vector) {
            largest = Math.max(largest, Math.abs(element));
        }
        return largest;
    }

    private static double sumOfMagnitudes(double[] vector) {
        double sum = 0;
        for (double element : vector) {
            sum += Math.abs(element);
        }
        return sum;
    }

    private static double dot(double[] left, double[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += left[i] * right[i];
        }
        return sum;
    }

    private static void add(double[] target, double[] vector, double weight) {
        for (int i = 0; i < target.length; i++) {
            target[i] += weight * vector[i];
        }
    }

    private static double[] scaled(double[] vector, double weight) {
        double[] result = new double[vector.length];
        add(result, vector, weight);
        return result;
    }

    private static double[] difference(double[] left, double[] right) {
        double[] result = left.clone();
        add(result, right, -1);
        return result;
    }
}
