const KEY = 'tallystick.tenant';

/** The tenant that was looked at last in this browser. */
export function lastTenant(): string | undefined {
  return localStorage.getItem(KEY) ?? undefined;
}

/** Remembers it for the next visit without one in the address. */
export function rememberTenant(tenant_id: string): void {
  localStorage.setItem(KEY, tenant_id);
}
