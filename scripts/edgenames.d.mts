export declare const OWN_NAMES: readonly string[];
