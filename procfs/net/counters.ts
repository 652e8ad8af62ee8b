/**
 * What the protocols have counted: snmp, snmp6, netstat. The machine counts no packets, so all but a few are 0; the names are those of Linux 6.1.
 * Source: net/ipv4/proc.c; net/ipv6/proc.c; RFC 1213.
 */
import type { ProcCapabilities } from '../capabilities.ts';
import { TCP_CLOSE_WAIT, TCP_ESTABLISHED } from '../../linuxabi/abi/inet.ts';
import { left } from '../format.ts';

/** Retransmission time-outs of TCP, in ms. Source: include/net/tcp.h, TCP_RTO_MIN, TCP_RTO_MAX. */
const RTO_MIN_MS = 200;
const RTO_MAX_MS = 120_000;
/** Van Jacobson's algorithm. Source: RFC 1213, tcpRtoAlgorithm is 4 there; Linux says 1. */
const RTO_ALGORITHM = 1;
const FORWARDS = 1;
const FORWARDS_NOT = 2;

type Group = readonly [name: string, counters: string];

const ip =
  'Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards ' +
  'OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates';
const icmp =
  'InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps ' +
  'InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos ' +
  'OutEchoReps OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps';
const tcp =
  'RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors';
const udp = 'InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors';
const groups: readonly Group[] = [
  ['Ip', ip],
  ['Icmp', icmp],
  ['Tcp', tcp],
  ['Udp', udp],
  ['UdpLite', udp],
];

const tcpExtension =
  'SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned OutOfWindowIcmps LockDroppedIcmps ArpFilter TW ' +
  'TWRecycled TWKilled PAWSActive PAWSEstab DelayedACKs DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops TCPHPHits TCPPureAcks ' +
  'TCPHPAcks TCPRenoRecovery TCPSackRecovery TCPSACKReneging TCPSACKReorder TCPRenoReorder TCPTSReorder TCPFullUndo TCPPartialUndo TCPDSACKUndo ' +
  'TCPLossUndo TCPLostRetransmit TCPRenoFailures TCPSackFailures TCPLossFailures TCPFastRetrans TCPSlowStartRetrans TCPTimeouts TCPLossProbes ' +
  'TCPLossProbeRecovery TCPRenoRecoveryFail TCPSackRecoveryFail TCPRcvCollapsed TCPBacklogCoalesce TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv ' +
  'TCPDSACKOfoRecv TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout TCPAbortOnLinger TCPAbortFailed TCPMemoryPressures ' +
  'TCPMemoryPressuresChrono TCPSACKDiscard TCPDSACKIgnoredOld TCPDSACKIgnoredNoUndo TCPSpuriousRTOs TCPMD5NotFound TCPMD5Unexpected ' +
  'TCPMD5Failure TCPSackShifted TCPSackMerged TCPSackShiftFallback TCPBacklogDrop PFMemallocDrop TCPMinTTLDrop TCPDeferAcceptDrop ' +
  'IPReversePathFilter TCPTimeWaitOverflow TCPReqQFullDoCookies TCPReqQFullDrop TCPRetransFail TCPRcvCoalesce TCPOFOQueue TCPOFODrop ' +
  'TCPOFOMerge TCPChallengeACK TCPSYNChallenge TCPFastOpenActive TCPFastOpenActiveFail TCPFastOpenPassive TCPFastOpenPassiveFail ' +
  'TCPFastOpenListenOverflow TCPFastOpenCookieReqd TCPFastOpenBlackhole TCPSpuriousRtxHostQueues BusyPollRxPackets TCPAutoCorking ' +
  'TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv TCPSynRetrans TCPOrigDataSent TCPHystartTrainDetect TCPHystartTrainCwnd ' +
  'TCPHystartDelayDetect TCPHystartDelayCwnd TCPACKSkippedSynRecv TCPACKSkippedPAWS TCPACKSkippedSeq TCPACKSkippedFinWait2 ' +
  'TCPACKSkippedTimeWait TCPACKSkippedChallenge TCPWinProbe TCPKeepAlive TCPMTUPFail TCPMTUPSuccess TCPDelivered TCPDeliveredCE ' +
  'TCPAckCompressed TCPZeroWindowDrop TCPRcvQDrop TCPWqueueTooBig TCPFastOpenPassiveAltKey TcpTimeoutRehash TcpDuplicateDataRehash ' +
  'TCPDSACKRecvSegs TCPDSACKIgnoredDubious TCPMigrateReqSuccess TCPMigrateReqFailure';
const ipExtension =
  'InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets OutOctets InMcastOctets OutMcastOctets InBcastOctets ' +
  'OutBcastOctets InCsumErrors InNoECTPkts InECT1Pkts InECT0Pkts InCEPkts ReasmOverlaps';
const extensions: readonly Group[] = [
  ['TcpExt', tcpExtension],
  ['IpExt', ipExtension],
];

const ip6 =
  'Ip6InReceives Ip6InHdrErrors Ip6InTooBigErrors Ip6InNoRoutes Ip6InAddrErrors Ip6InUnknownProtos Ip6InTruncatedPkts Ip6InDiscards ' +
  'Ip6InDelivers Ip6OutForwDatagrams Ip6OutRequests Ip6OutDiscards Ip6OutNoRoutes Ip6ReasmTimeout Ip6ReasmReqds Ip6ReasmOKs Ip6ReasmFails ' +
  'Ip6FragOKs Ip6FragFails Ip6FragCreates Ip6InMcastPkts Ip6OutMcastPkts Ip6InOctets Ip6OutOctets Ip6InMcastOctets Ip6OutMcastOctets ' +
  'Ip6InBcastOctets Ip6OutBcastOctets Ip6InNoECTPkts Ip6InECT1Pkts Ip6InECT0Pkts Ip6InCEPkts';
const icmp6 =
  'Icmp6InMsgs Icmp6InErrors Icmp6OutMsgs Icmp6OutErrors Icmp6InCsumErrors Icmp6InDestUnreachs Icmp6InPktTooBigs Icmp6InTimeExcds ' +
  'Icmp6InParmProblems Icmp6InEchos Icmp6InEchoReplies Icmp6InGroupMembQueries Icmp6InGroupMembResponses Icmp6InGroupMembReductions ' +
  'Icmp6InRouterSolicits Icmp6InRouterAdvertisements Icmp6InNeighborSolicits Icmp6InNeighborAdvertisements Icmp6InRedirects Icmp6InMLDv2Reports ' +
  'Icmp6OutDestUnreachs Icmp6OutPktTooBigs Icmp6OutTimeExcds Icmp6OutParmProblems Icmp6OutEchos Icmp6OutEchoReplies Icmp6OutGroupMembQueries ' +
  'Icmp6OutGroupMembResponses Icmp6OutGroupMembReductions Icmp6OutRouterSolicits Icmp6OutRouterAdvertisements Icmp6OutNeighborSolicits ' +
  'Icmp6OutNeighborAdvertisements Icmp6OutRedirects Icmp6OutMLDv2Reports';
const udp6 =
  'Udp6InDatagrams Udp6NoPorts Udp6InErrors Udp6OutDatagrams Udp6RcvbufErrors Udp6SndbufErrors Udp6InCsumErrors Udp6IgnoredMulti Udp6MemErrors';
const udpLite6 =
  'UdpLite6InDatagrams UdpLite6NoPorts UdpLite6InErrors UdpLite6OutDatagrams UdpLite6RcvbufErrors UdpLite6SndbufErrors UdpLite6InCsumErrors ' +
  'UdpLite6MemErrors';

/** Two lines: names, values. */
function renderGroups(of: readonly Group[], known: ReadonlyMap<string, number>): string {
  let out = '';
  for (const [group, names] of of) {
    const values = names.split(' ').map((name) => known.get(`${group}.${name}`) ?? 0);
    out += `${group}: ${names}\n${group}: ${values.join(' ')}\n`;
  }
  return out;
}

export function renderSnmp({ census, settings }: ProcCapabilities): string {
  let established = 0;
  for (const { type, family, state } of census.net.sockets()) {
    const isTcp = type === 'stream' && family !== 'unix';
    if (isTcp && (state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT)) established++;
  }
  const known = new Map([
    ['Ip.Forwarding', settings.read('net/ipv4/ip_forward') === '0' ? FORWARDS_NOT : FORWARDS],
    ['Ip.DefaultTTL', Number(settings.read('net/ipv4/ip_default_ttl') ?? 0)],
    ['Tcp.RtoAlgorithm', RTO_ALGORITHM],
    ['Tcp.RtoMin', RTO_MIN_MS],
    ['Tcp.RtoMax', RTO_MAX_MS],
    ['Tcp.MaxConn', -1],
    ['Tcp.CurrEstab', established],
  ]);
  return renderGroups(groups, known);
}

export function renderNetstat(): string {
  return renderGroups(extensions, new Map());
}

/** A counter a line. Source: net/ipv6/proc.c, snmp6_seq_show_item. */
function lines(...lists: readonly string[]): string {
  const names = lists.join(' ').split(' ');
  return names.map((name) => `${left(name, 32)}\t0\n`).join('');
}

export const snmp6 = lines(ip6, icmp6, udp6, udpLite6);

/** Of one interface. */
export function interfaceSnmp6(index: number): string {
  return `${left('ifIndex', 32)}\t${index}\n${lines(ip6, icmp6)}`;
}
