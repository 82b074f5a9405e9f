/** The lane of a tenant, always the same one of as many. The end of an id is random, so tenants spread evenly. */
export function laneOf<Lane>(lanes: readonly Lane[], tenant_id: string): Lane {
  const lane = lanes[Number.parseInt(tenant_id.slice(-8), 16) % lanes.length];
  if (lane === undefined) throw new Error(`there is no lane for ${tenant_id}`);
  return lane;
}
