"""What people read of a plan: figures, pictures, the page, the workbook, comparisons."""
