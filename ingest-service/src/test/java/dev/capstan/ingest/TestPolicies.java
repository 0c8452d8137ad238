package dev.capstan.ingest;

import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.CurationPolicy.Balance;
import dev.capstan.ingest.filter.CurationPolicy.Boilerplate;
import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;

/** The default policy with one part changed. */
final class TestPolicies {

    private TestPolicies() {}

    static CurationPolicy with(Balance balance) {
        return with(balance, Boilerplate.OFF);
    }

    static CurationPolicy with(Boilerplate boilerplate) {
        return with(Balance.OFF, boilerplate);
    }

    static CurationPolicy withMinClipScore(double minClipScore) {
        return with(Balance.OFF, Boilerplate.OFF, NearDuplicateRule.OFF, minClipScore);
    }

    static CurationPolicy with(NearDuplicateRule nearDuplicates) {
        return with(Balance.OFF, Boilerplate.OFF, nearDuplicates, 0);
    }

    private static CurationPolicy with(Balance balance, Boilerplate boilerplate) {
        return with(balance, boilerplate, NearDuplicateRule.OFF, 0);
    }

    private static CurationPolicy with(
            Balance balance, Boilerplate boilerplate, NearDuplicateRule nearDuplicates, double minClipScore) {
        CurationPolicy defaults = CurationPolicy.defaults();
        return new CurationPolicy(
                defaults.name(),
                defaults.text(),
                defaults.image(),
                defaults.output(),
                defaults.heldoutFraction(),
                defaults.duplicateRetention(),
                balance,
                boilerplate,
                nearDuplicates,
                minClipScore,
                defaults.honourOptOuts());
    }
}
