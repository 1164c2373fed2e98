-- AlterEnum
ALTER TYPE "InvoiceStatus" ADD VALUE 'OVERDUE';
