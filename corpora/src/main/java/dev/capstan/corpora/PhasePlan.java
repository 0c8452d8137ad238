package dev.capstan.corpora;

import java.util.ArrayList;
import java.util.List;

/**
 * When a stream brings new concepts: phases one after the other, of which the last has no end.
 *
 * @param phases all phases, in order
 */
public record PhasePlan(List<Phase> phases) {

    /** The number of items of a phase that has no end. */
    public static final long ENDLESS = Long.MAX_VALUE;

    public PhasePlan {
        phases = List.copyOf(phases);
        if (phases.isEmpty() || phases.get(phases.size() - 1).items() != ENDLESS) {
            throw new IllegalArgumentException("the last phase must be endless: " + phases);
        }
        if (phases.stream().limit(phases.size() - 1L).anyMatch(phase -> phase.items() == ENDLESS)) {
            throw new IllegalArgumentException("only the last phase may be endless: " + phases);
        }
    }

    /** One phase for ever, with this share of new concepts. */
    public static PhasePlan always(double newShare) {
        return new PhasePlan(List.of(new Phase(ENDLESS, newShare)));
    }

    /** So many items without new concepts, then this share of them for ever. */
    public static PhasePlan newcomersAfter(long items, double newShare) {
        return new PhasePlan(List.of(new Phase(items, 0), new Phase(ENDLESS, newShare)));
    }

    boolean bringsNewConcepts() {
        return phases.stream().anyMatch(phase -> phase.newShare() > 0);
    }

    boolean bringsKnownConcepts() {
        return phases.stream().anyMatch(phase -> phase.newShare() < 1);
    }

    /** Which phase an item is in, from 0. */
    public int phaseOf(long index) {
        long start = 0;
        for (int phase = 0; phase < phases.size() - 1; phase++) {
            start += phases.get(phase).items();
            if (index < start) {
                return phase;
            }
        }
        return phases.size() - 1;
    }

    Novelty noveltyOf(long index) {
        return newBefore(index + 1) > newBefore(index) ? Novelty.NEW : Novelty.KNOWN;
    }

    /** How many of the items before this one are of new concepts. */
    long newBefore(long index) {
        long start = 0;
        long count = 0;
        for (Phase phase : phases) {
            long within = Math.min(phase.items(), index - start);
            count += phase.newAmong(within);
            start += within;
            if (start == index) {
                return count;
            }
        }
        throw new IllegalStateException("item " + index + " lies behind the endless phase of " + phases);
    }

    /**
     * The same plan, but the phase of this item ends before it.
     *
     * @return this plan, if the item is in the last phase
     */
    PhasePlan endingPhaseBefore(long index) {
        int current = phaseOf(index);
        if (current == phases.size() - 1) {
            return this;
        }
        List<Phase> changed = new ArrayList<>(phases);
        long start = phases.stream().limit(current).mapToLong(Phase::items).sum();
        changed.set(current, new Phase(index - start, phases.get(current).newShare()));
        return new PhasePlan(changed);
    }

    /**
     * A run of items with the same mix.
     *
     * @param items how many, or {@link #ENDLESS}
     * @param newShare the share of items of new concepts, 0 to 1, spread evenly over the phase
     */
    public record Phase(long items, double newShare) {

        public Phase {
            if (items < 0) {
                throw new IllegalArgumentException("a phase cannot have " + items + " items");
            }
            if (!(newShare >= 0 && newShare <= 1)) {
                throw new IllegalArgumentException("newShare must be between 0 and 1: " + newShare);
            }
        }

        long newAmong(long first) {
            return (long) Math.floor(first * newShare);
        }
    }
}
