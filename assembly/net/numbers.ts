/** Assigned numbers of the formats we read (IANA, IEEE), each in one place. */
export const IPV4_HEADER_BYTES: u32 = 20;
export const IPV6_HEADER_BYTES: u32 = 40;

export const PROTOCOL_TCP: u32 = 6;
export const PROTOCOL_UDP: u32 = 17;
export const PROTOCOL_DCCP: u32 = 33;
export const PROTOCOL_SCTP: u32 = 132;
export const PROTOCOL_UDPLITE: u32 = 136;

export const ETHERTYPE_IPV4: u32 = 0x0800;
export const ETHERTYPE_IPV6: u32 = 0x86dd;
export const ETHERTYPE_VLAN: u32 = 0x8100;
export const ETHERTYPE_PROVIDER_VLAN: u32 = 0x88a8;
export const ETHERTYPE_OLD_QINQ: u32 = 0x9100;
export const ETHERTYPE_MPLS: u32 = 0x8847;
export const ETHERTYPE_MPLS_UPSTREAM: u32 = 0x8848;
export const ETHERTYPE_PPPOE_SESSION: u32 = 0x8864;
export const ETHERTYPE_MACSEC: u32 = 0x88e5;
/** Provider backbone bridges, IEEE 802.1ah: "MAC in MAC". */
export const ETHERTYPE_PBB: u32 = 0x88e7;
export const ETHERTYPE_FABRICPATH: u32 = 0x8903;
export const ETHERTYPE_CISCO_METADATA: u32 = 0x8909;
export const ETHERTYPE_VN_TAG: u32 = 0x8926;
/** Bridge port extension, IEEE 802.1BR. */
export const ETHERTYPE_E_TAG: u32 = 0x893f;
export const ETHERTYPE_NSH: u32 = 0x894f;
