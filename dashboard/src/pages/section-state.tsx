import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { explainError } from '../api/explain-error.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

interface SectionStateProps<Data> {
  query: UseQueryResult<Data>;
  /** In place of the figures until they are there. */
  skeleton: ReactNode;
  children(data: Data): ReactNode;
}

/** The figures of a query, or that they are coming, or why they do not. Figures that were there stay while one retries. */
export function SectionState<Data>({ query, skeleton, children }: SectionStateProps<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (!query.isError) return skeleton;
  const { title, detail, request_id } = explainError(query.error);
  return (
    <Notice title={title} action={<Button onClick={() => void query.refetch()}>Try again</Button>}>
      {detail}
      {request_id === undefined ? null : <span className="block text-xs">Request {request_id}</span>}
    </Notice>
  );
}
